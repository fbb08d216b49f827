from analytics.models.experiments import Experiment
from analytics.models.figures import Figures
from analytics.models.read_outs import ReadOut

__all__ = ["Experiment", "Figures", "ReadOut"]
